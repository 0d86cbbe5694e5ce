#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/planner.hpp"
#include "store/memory/store.hpp"

namespace dirsync::admin {

inline UserFields user_fields(const std::string& name, const std::string& email = "") {
    UserFields fields;
    fields.user_name = name;
    if (!email.empty()) fields.email = email;
    return fields;
}
inline UserFields address(const std::string& email) {
    UserFields fields;
    fields.email = email;
    return fields;
}
inline GroupFields group_fields(const std::string& name) {
    GroupFields fields;
    fields.display_name = name;
    return fields;
}

/// Edits of a store in memory; each is planned from its facts and written.
class EditedStore : public ::testing::Test {
protected:
    std::unique_ptr<sync::IdentityStore> store = store::make_memory_store();

    static std::vector<Edit> placed(std::vector<Edit> edits) {
        for (std::size_t i = 0; i < edits.size(); ++i) edits[i].place = "f:" + std::to_string(i + 1);
        return edits;
    }
    /// Writes what is good.
    Decision edit(const std::vector<Edit>& edits) {
        Decision decision;
        const auto decide = [&](const sync::AdminFacts& facts) -> Result<sync::AdminPlan> {
            decision = planned(edits, facts, &random_row_id);
            return decision.plan;
        };
        sync::RunRecord run;
        run.kind = sync::RunKind::admin;
        run.ended = Time{Duration{1'790'000'000}};
        const auto done = store->admin().edit(keys_of(edits), decide, run);
        EXPECT_TRUE(done) << done.error().message();
        return decision;
    }
    template <class What>
    Decision edit(What what) {
        return edit(std::vector<Edit>{{"", std::move(what)}});
    }
    /// The one thing that is wrong.
    template <class What>
    std::string refusal(What what) {
        const auto decision = edit(std::move(what));
        EXPECT_EQ(decision.problems.size(), 1U);
        EXPECT_TRUE(decision.plan.writes_nothing());
        return decision.problems.empty() ? "" : decision.problems[0].message;
    }
    static std::vector<std::string> texts_of(const std::vector<Problem>& problems) {
        std::vector<std::string> texts;
        for (const auto& problem : problems) texts.push_back(to_text(problem));
        return texts;
    }
    std::vector<std::string> column(const std::string& view, std::size_t place) {
        sync::ViewQuery query;
        query.view = view;
        const auto rows = store->query(query);
        std::vector<std::string> out;
        for (const auto& row : rows->rows) {
            const auto* text = std::get_if<std::string>(&row[place]);
            out.push_back(text == nullptr ? std::to_string(std::get<std::int64_t>(row[place])) : *text);
        }
        return out;
    }
};

}  // namespace dirsync::admin
