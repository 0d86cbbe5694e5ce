#pragma once

#include <algorithm>
#include <random>

#include "tests/support/sync_bench.hpp"

namespace dirsync::testing {

using sync::EntryKind;

/// An admin and a directory that change things at random, drawn from one seed.
class RandomHistory {
public:
    /// `with_lost_rights`: objects become invisible and visible again.
    RandomHistory(SyncBench& bench, std::uint32_t seed, bool with_lost_rights)
        : bench_(bench), ad_(bench.directory), random_(seed), with_lost_rights_(with_lost_rights) {
        for (int i = 0; i < 4; ++i)
            containers_.push_back(ad_.add(EntryKind::container, "ou" + std::to_string(i)).guid);
        for (int i = 0; i < 8; ++i) add_user();
        for (int i = 0; i < 5; ++i) add_group();
        for (int i = 0; i < 20; ++i) link();
        draw_scope();
    }

    void step() {
        switch (draw(20)) {
            case 0:
                add_user();
                break;
            case 1:
                add_group();
                break;
            case 2:
                remove();
                break;
            case 3:
                vanish_or_return();
                break;
            case 4:
                rename();
                break;
            case 5:
                swap_names();
                break;
            case 6:
                move();
                break;
            case 7:
                toggle_disabled();
                break;
            case 8:
                change_mail();
                break;
            case 9:
                change_department();
                break;
            case 10:
                set_primary_group();
                break;
            case 11:
                undelete();
                break;
            case 12:
                bench_.now += Duration(static_cast<std::int64_t>(draw(20)) * 86400);
                break;
            case 13:
                set_expiry();
                break;
            case 14:
                unlink();
                break;
            default:
                link();
                break;
        }
        if (draw(25) == 0) draw_scope();
    }

    void draw_scope() {
        auto& scope = bench_.settings.scope;
        scope = {};
        for (int i = 0; i < 2; ++i) {
            if (auto* group = any(EntryKind::group)) scope.groups.push_back(name_of(*group));
        }
        if (draw(2) == 0) {
            if (auto* user = any(EntryKind::user)) scope.users.push_back(name_of(*user));
        }
        if (draw(2) == 0) {
            scope.organizational_units.push_back(
                scope_name("guid:" + to_text(containers_[draw(containers_.size())])));
        }
        if (draw(3) == 0) {
            if (auto* user = any(EntryKind::user)) scope.exclude_users.push_back(name_of(*user));
        }
        if (draw(3) == 0) {
            if (auto* group = any(EntryKind::group)) scope.exclude_groups.push_back(name_of(*group));
        }
        if (draw(3) == 0) {
            scope.user_filters.push_back({"corp.example.com", *sync::Filter::parse("(department=d1)")});
        }
        scope.flatten = draw(4) != 0;
        scope.primary_group = draw(4) != 0;
    }

    std::uint32_t draw(std::size_t below) { return static_cast<std::uint32_t>(random_() % below); }

private:
    static sync::ScopeName name_of(const ModelDirectory::Object& object) {
        return scope_name("guid:" + to_text(object.guid));
    }
    ModelDirectory::Object* any(EntryKind kind) {
        std::vector<ModelDirectory::Object*> found;
        for (auto& [guid, object] : ad_.objects()) {
            if (object.kind == kind) found.push_back(&object);
        }
        return found.empty() ? nullptr : found[draw(found.size())];
    }
    // Few names, so that they are contested.
    std::string some_name() { return "n" + std::to_string(draw(14)); }
    void add_user() {
        if (ad_.objects().size() > 60) return;
        auto& user = ad_.add_user(some_name());
        user.attributes["mail"] = "m" + std::to_string(draw(30)) + "@example.com";
        user.attributes["department"] = "d" + std::to_string(draw(3));
        user.parent = containers_[draw(containers_.size())];
    }
    void add_group() {
        if (ad_.objects().size() > 60) return;
        ad_.add_group("g" + std::to_string(draw(12)));
    }
    void link() {
        auto* group = any(EntryKind::group);
        auto* member = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (group != nullptr && member != nullptr) group->members.insert(member->guid);
    }
    void unlink() {
        auto* group = any(EntryKind::group);
        if (group == nullptr || group->members.empty()) return;
        auto at = group->members.begin();
        std::advance(at, draw(group->members.size()));
        group->members.erase(at);
    }
    void remove() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (object == nullptr) return;
        deleted_.push_back(*object);
        ad_.remove(object->guid);
    }
    void undelete() {
        if (deleted_.empty()) return;
        auto object = deleted_.back();
        deleted_.pop_back();
        object.parent = ObjectGuid{};
        ad_.undelete(object);
    }
    void vanish_or_return() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (with_lost_rights_ && object != nullptr) object->visible = !object->visible;
    }
    void rename() {
        auto* object = any(draw(3) == 0 ? EntryKind::group : EntryKind::user);
        if (object != nullptr)
            object->name = object->kind == EntryKind::user ? some_name() : "g" + std::to_string(draw(12));
    }
    void swap_names() {
        auto* a = any(EntryKind::user);
        auto* b = any(EntryKind::user);
        if (a != nullptr && b != nullptr) std::swap(a->name, b->name);
    }
    void move() {
        if (auto* user = any(EntryKind::user)) user->parent = containers_[draw(containers_.size())];
        if (draw(3) == 0) ad_.object(containers_[0]).parent = draw(2) == 0 ? ObjectGuid{} : containers_[1];
    }
    void toggle_disabled() {
        if (auto* user = any(EntryKind::user)) user->disabled = !user->disabled;
    }
    void change_mail() {
        if (auto* user = any(EntryKind::user))
            user->attributes["mail"] = "m" + std::to_string(draw(30)) + "@example.com";
    }
    void change_department() {
        if (auto* user = any(EntryKind::user)) user->attributes["department"] = "d" + std::to_string(draw(3));
    }
    void set_primary_group() {
        auto* user = any(EntryKind::user);
        auto* group = any(EntryKind::group);
        if (user != nullptr && group != nullptr) user->primary_group = draw(2) == 0 ? 0 : group->rid;
    }
    void set_expiry() {
        auto* user = any(EntryKind::user);
        if (user == nullptr) return;
        const auto in_days = static_cast<std::int64_t>(draw(60)) - 20;
        user->expires = draw(3) == 0 ? sync::never_expires
                                     : (bench_.now + Duration(in_days * 86400)).time_since_epoch().count();
    }

    SyncBench& bench_;
    ModelDirectory& ad_;
    std::mt19937 random_;
    bool with_lost_rights_;
    std::vector<ObjectGuid> containers_;
    std::vector<ModelDirectory::Object> deleted_;
};

}  // namespace dirsync::testing
