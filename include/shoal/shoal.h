// All that a program of shoal includes.
#pragma once

#include "shoal/cluster/app.h"
#include "shoal/coro/task.h"
#include "shoal/coro/when_all.h"
#include "shoal/http/compress.h"
#include "shoal/http/context.h"
#include "shoal/http/error.h"
#include "shoal/http/files.h"
#include "shoal/http/hooks.h"
#include "shoal/http/json.h"
#include "shoal/http/problem.h"
#include "shoal/http/response.h"
#include "shoal/io/sleep.h"
