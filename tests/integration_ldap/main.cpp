#include <gtest/gtest.h>

#include "ldap/session/connection.hpp"

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    dirsync::ldap::prepare_process_for_ldap();
    return RUN_ALL_TESTS();
}
