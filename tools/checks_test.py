#!/usr/bin/env python3
"""The checks of the sources find what they are for, and nothing else."""
import pathlib
import unittest

import check_co_await
import check_includes
import check_limits
import check_rules
import check_tidy
import check_words


def awaits_badly(code):
    source = check_co_await.without_text(code)
    return any(check_co_await.is_bad(check_co_await.operand(source, match.end()))
               for match in check_co_await.AWAIT.finditer(source))


class CoAwait(unittest.TestCase):
    def test_closures_and_aggregates_are_found(self):
        for code in ("co_await f([p] { return p; });", "co_await f(Point{p});", "co_await f({p, q});",
                     "auto r = co_await f(\n    [&]() -> Task<int> {\n    co_return 1;\n});", "x(co_await f( [] {}));",
                     "if (co_await f(Point{p})) {}", "co_await [p] { return f(p); }();", "co_await Point{p};",
                     'co_await f(p ? "" : text);'):
            self.assertTrue(awaits_badly(code), code)

    def test_what_is_named_first_is_fine(self):
        for code in ("co_await f(std::move(p));", "co_await f(items[0], names()[1]);", "co_await f(Point(p));",
                     "if (co_await f(p)) { g([p] {}); }", "while (auto r = co_await f()) {\n    g({1});\n}",
                     "g(co_await f(), {1});", 'co_await f("{[");', "co_await f(p /* {p} */);  // {", "co_await f('{');",
                     'co_await f(R"x({"a": [1]})x");', "auto op = f([p] {}); co_await std::move(op);",
                     "const int n = co_await f(p) ? 1 : 2;", "p ? co_await f(p) : 1;"):
            self.assertFalse(awaits_badly(code), code)


class Includes(unittest.TestCase):
    def found(self, path, *lines):
        return [text for _, text in check_includes.problems(path, list(lines))]

    def test_arrows(self):
        self.assertTrue(self.found("core/x.cpp", '#include "model/entry.hpp"'))
        self.assertTrue(self.found("sync/x.cpp", '#include "store/codec.hpp"'))
        self.assertTrue(self.found("ldap/wire/x.cpp", '#include "ldap/session/session.hpp"'))
        self.assertTrue(self.found("ctl/x.cpp", '#include "api/json.hpp"'))
        self.assertEqual(self.found("daemon/x.cpp", '#include "store/sqlite/store.hpp"', '#include "api/json.hpp"'), [])

    def test_asio(self):
        self.assertTrue(self.found("daemon/x.cpp", "#include <boost/asio.hpp>"))
        self.assertTrue(self.found("sync/fold.cpp", '#include "sync/fold.hpp"', "#include <boost/asio/awaitable.hpp>"))
        self.assertEqual(self.found("engine/x.cpp", "#include <boost/asio/awaitable.hpp>"), [])

    def test_libraries_have_one_home(self):
        self.assertTrue(self.found("daemon/x.cpp", "#include <ldap.h>"))
        self.assertTrue(self.found("ldap/directory_x.cpp", "#include <ldap.h>"))
        self.assertTrue(self.found("daemon/x.cpp", "#include <sqlite3.h>"))
        self.assertEqual(self.found("ldap/session/connection_x.cpp", "#include <ldap.h>"), [])

    def test_headers(self):
        self.assertTrue(self.found("core/x.hpp", "#include <string>"))
        self.assertTrue(self.found("core/dn.cpp", "#include <string>", '#include "core/dn.hpp"'))
        self.assertEqual(self.found("core/dn.cpp", '#include "core/dn.hpp"', "#include <string>"), [])


class Limits(unittest.TestCase):
    def measured(self, **files):
        texts = [(pathlib.Path(name.replace("__", "/").replace("_dot_", ".")), lines) for name, lines in files.items()]
        return [(subject, line, size) for subject, line, size, _ in check_limits.measured(texts)]

    def functions(self, code):
        return [(name, line, lines) for line, name, lines in check_limits.functions(code)]

    def test_files(self):
        full, over = ["x"] * 400, ["x"] * 401
        self.assertEqual(self.measured(a_dot_cpp=full, b_dot_py=full), [])
        self.assertEqual(self.measured(a_dot_cpp=over, b_dot_py=over, c_dot_sql=over),
                         [("a.cpp", 1, 401), ("b.py", 1, 401), ("c.sql", 1, 401)])
        self.assertEqual(self.measured(script=["#!/bin/bash"] + full), [("script", 1, 401)])
        self.assertEqual(self.measured(a_dot_md=over, data=over), [])

    def test_a_long_file_says_why_at_its_top(self):
        for reason in ("// Long because one table", "# Long because one table", "-- Long because one table"):
            self.assertEqual(self.measured(a_dot_cpp=["x", reason] + ["x"] * 400), [], reason)
        for nothing in ("// Long because", "// Long", 'say("Long because one table");'):
            self.assertTrue(self.measured(a_dot_cpp=[nothing] + ["x"] * 400), nothing)
        self.assertTrue(self.measured(a_dot_cpp=["x"] * 400 + ["// Long because one table"]), "at the end")

    def test_folders(self):
        files = {f"a__f{i}_dot_{kind}": [] for i in range(20) for kind in ("cpp", "hpp")}
        self.assertEqual(self.measured(**files, a__CMakeLists_dot_txt=[], a__b__c_dot_cpp=[]), [])
        self.assertEqual(self.measured(**files, a__c_dot_cpp=[]), [("a/", 0, 41)])

    def test_functions(self):
        body = "    x();\n" * 69
        self.assertEqual(self.measured(a_dot_cpp=f"void f() {{\n{body}".splitlines()[:-1] + ["}"]), [])
        self.assertEqual(self.measured(a_dot_cpp=f"\nvoid A::f(\n    int) {{\n{body}}}".splitlines()), [("a.cpp:A::f", 2, 72)])

    def test_what_a_function_is(self):
        for code, found in {
            "int f() {\n}\n": [("f", 1, 2)],
            "namespace a {\nclass B : C {\n    // }\n    int g() const noexcept override { return 1; }\n};\n}": [("g", 4, 1)],
            "B::B(int c)\n    : a_{c}, b_(c) {\n}\nint x;": [("B::B", 1, 3)],
            "B::B(int c)\n    : a_{c} {}\nB::~B() {\n}": [("B::B", 1, 2), ("B::~B", 3, 2)],
            "template <class T>\nauto f(T t = {}) -> std::vector<T> {\n}": [("f", 1, 3)],
            "const T table[] = {\n    {1, f(2)},\n    {2, [](int x) {\n        return x;\n    }},\n};": [("lambda", 3, 3)],
            "TEST_F(A, B) {\n    auto f = [] {\n        if (x) { y(); }\n    };\n}": [("A.B", 1, 5)],
            "bool A::operator()(int x) {\n}\nbool operator==(A, B) {\n}": [("A::operator()", 1, 2), ("operator==", 3, 2)],
            "#define F(x) \\\n    void f() { \\\n    x\nvoid g() {\n}": [("g", 4, 2)],
            "enum class E { a, b };\nstruct S { int x = f(1); std::string s{\"{\"}; };": [],
            'void f() {\n    s = R"({{{)";\n    c = \'{\';\n}\nvoid g() {}': [("f", 1, 4), ("g", 5, 1)],
            'extern "C" {\nvoid f() {\n}\n}': [("f", 2, 2)],
        }.items():
            self.assertEqual(self.functions(code), found, code)

    def test_the_list_of_what_is_known_only_shrinks(self):
        def problems(known, *over):
            return list(check_limits.problems([(subject, 1, size, 400) for subject, size in over], check_limits.known_of(known)))
        self.assertEqual(problems("a.cpp 450  # why\n", ("a.cpp", 450)), [])
        self.assertEqual(problems("a.cpp 450\n", ("a.cpp", 420)), [])
        self.assertIn("may only shrink", problems("a.cpp 450\n", ("a.cpp", 451))[0])
        self.assertIn("delete the line", problems("a.cpp 450\n")[0])
        self.assertEqual(problems("", ("a.cpp:F::g", 90)), ["a.cpp:1: F::g has 90 lines, the limit is 400"])


class Rules(unittest.TestCase):
    BOOK = "## 1. One\n1.1 a\n1.2 b\n1.3 (not built yet) c\n## 2. Two\n\n**Not built yet.**\n2.1 d\n"

    def named(self, line, planted=False):
        return [number for _, number in check_rules.rules_named([line], ["1.1", "1.2", "1.3"], planted)]

    def test_what_is_built(self):
        self.assertEqual(check_rules.rules_of(self.BOOK), (["1.1", "1.2"], ["1.3", "2.1"]))

    def test_ways_to_name_a_rule(self):
        for line in ("/// Held (semantics 1.2).", "// Nobody leaves (1.2).", "TEST(A, B) {  // 1.2", "# rule 1.2: why",
                     'return fault("1.2", why);', 'return "1.2: a plan wrote";'):
            self.assertIn("1.2", self.named(line), line)
        self.assertEqual(set(self.named("// semantics 1.1 to 1.3")), {"1.1", "1.2", "1.3"})
        self.assertEqual(self.named("1.1: text of a patch", planted=True), ["1.1"])
        self.assertEqual(self.named("1.2 --theme clocks: text of a patch", planted=True), ["1.2"])

    def test_other_numbers_are_none(self):
        for line in ("// RFC 4514 2.4", "// MS-ADTS 3.1.1.3", "sleep(1.2)", "x = f(1.2, 3);", 'EXPECT_EQ(v, "TLS 1.2");'):
            self.assertEqual(self.named(line), [], line)


class Tidy(unittest.TestCase):
    def test_findings(self):
        def found(path, message):
            return list(check_tidy.findings_of(f"{path}:3:4: error: {message}\n    x();\n    ^\n{path}:3:4: note: here\n"))
        ours, theirs = f"{check_tidy.ROOT}/core/dn.cpp", "/usr/include/boost/asio.hpp"
        self.assertEqual(found(ours, "bad [misc-x,-warnings-as-errors]"), [("core/dn.cpp", 3, 4, "bad [misc-x,-warnings-as-errors]")])
        self.assertEqual(found(theirs, "bad [misc-x]"), [])
        self.assertTrue(found(theirs, "no such thing [clang-diagnostic-error]"), "nothing was looked at")


class Words(unittest.TestCase):
    def test_promises_and_paths_of_one_machine(self):
        for line in ("// TO" + "DO: later", "see /ho" + "me/me/x", "/wo" + "rk/x", "cd /ro" + "ot/x"):
            self.assertTrue(check_words.PATTERN.search(line), line)
        for line in ("todo list", "network/x", "build/work/x", "tests/support", "the root/", "v1.homes"):
            self.assertFalse(check_words.PATTERN.search(line), line)


if __name__ == "__main__":
    unittest.main()
