#include "sync/ports.hpp"
