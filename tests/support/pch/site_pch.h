// As gtest_pch.h, where most files play a server.
#include "gtest_pch.h"

#include "http/site.h"
#include "shoal/io/sleep.h"
