#!/usr/bin/env python3
"""The checks of the sources find what they are for, and nothing else."""
import unittest

import check_co_await
import check_includes
import check_rules
import check_words


def awaits_badly(code):
    source = check_co_await.without_text(code)
    return any(check_co_await.is_bad(check_co_await.operand(source, match.end()))
               for match in check_co_await.AWAIT.finditer(source))


class CoAwait(unittest.TestCase):
    def test_closures_and_aggregates_are_found(self):
        for code in ("co_await f([p] { return p; });", "co_await f(Point{p});", "co_await f({p, q});",
                     "auto r = co_await f(\n    [&]() -> Task<int> {\n    co_return 1;\n});", "x(co_await f( [] {}));",
                     "if (co_await f(Point{p})) {}", "co_await [p] { return f(p); }();", "co_await Point{p};"):
            self.assertTrue(awaits_badly(code), code)

    def test_what_is_named_first_is_fine(self):
        for code in ("co_await f(std::move(p));", "co_await f(items[0], names()[1]);", "co_await f(Point(p));",
                     "if (co_await f(p)) { g([p] {}); }", "while (auto r = co_await f()) {\n    g({1});\n}",
                     "g(co_await f(), {1});", 'co_await f("{[");', "co_await f(p /* {p} */);  // {", "co_await f('{');",
                     'co_await f(R"x({"a": [1]})x");', "auto op = f([p] {}); co_await std::move(op);"):
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


class Words(unittest.TestCase):
    def test_promises_and_paths_of_one_machine(self):
        for line in ("// TO" + "DO: later", "see /ho" + "me/me/x", "/wo" + "rk/x", "cd /ro" + "ot/x"):
            self.assertTrue(check_words.PATTERN.search(line), line)
        for line in ("todo list", "network/x", "build/work/x", "tests/support", "the root/", "v1.homes"):
            self.assertFalse(check_words.PATTERN.search(line), line)


if __name__ == "__main__":
    unittest.main()
