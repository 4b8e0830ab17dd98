// How a program of ours ends. docs/exit_codes.md explains them to operators; numbers are never
// reused.
#pragma once

namespace shoal::cluster {

enum exit_code : int {
  exit_stopped = 0,            ///< as asked, or --help and --version
  exit_internal = 1,           ///< the kernel refused what it should not refuse
  exit_usage = 2,              ///< a flag, a SHOAL_* variable or an option set in code
  exit_boot_failed = 3,        ///< of a node process only: a worker could not start
  exit_configuration = 4,      ///< routes in conflict, more than the machine allows, or no log file
  exit_address = 69,           ///< an address is taken or cannot be bound (EX_UNAVAILABLE)
  exit_restart_exceeded = 70,  ///< node processes failed again and again (EX_SOFTWARE)
  exit_driver_refused = 71,    ///< the wanted driver, dispatch or filter cannot be had (EX_OSERR)
};

}  // namespace shoal::cluster
