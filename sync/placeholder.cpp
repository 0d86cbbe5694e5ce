#include "sync/rows.hpp"
