// A file server: what is below a directory, compressed on the fly where that helps.
//
//   build/release/examples/files DIRECTORY --listen 127.0.0.1:8080
//   build/release/examples/files --help
//
// Put "style.css.br" or "style.css.gz" beside "style.css", and clients that take them get those.
#include <cstdio>
#include <exception>
#include <string>

#include "shoal/shoal.h"

namespace {

void serve_below(shoal::app& app, const std::string& directory) {
  app.get<"/{path...}">(shoal::files(directory, {.cache_control = "public, max-age=60"}));
  app.after(shoal::compress({.min_bytes = 1024}));
  app.after([](shoal::context&, shoal::response& answer) {
    // Browsers are to believe the type that was sent, whatever a file looks like.
    answer.set_header("X-Content-Type-Options", "nosniff");
  });
}

}  // namespace

int main(int argc, char** argv) {
  const char* directory = ".";
  if (argc > 1 && argv[1][0] != '-') {
    directory = argv[1];
    argv[1] = argv[0];
    ++argv;  // the rest are the app's flags
    --argc;
  }
  try {
    shoal::app app;
    serve_below(app, directory);
    return app.run(argc, argv);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "files: %s\n", failure.what());
    return 1;
  }
}
