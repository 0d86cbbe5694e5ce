#include "sync/entry.hpp"
