#include "sync/store_thread.hpp"
