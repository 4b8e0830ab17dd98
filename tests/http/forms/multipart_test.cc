#include "shoal/http/multipart.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "http/site.h"
#include "shoal/http/context.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

const std::string body =
    "--b\r\nContent-Disposition: form-data; name=a\r\n\r\none\r\n"
    "--b\r\nContent-Disposition: form-data; name=f; filename=\"../x\"\r\n\r\n" +
    std::string(100'000, 'x') + "\r\n--b--\r\n";

std::string post(const std::string& path, const std::string& sent,
                 const std::string& type = "multipart/form-data; boundary=b") {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(sent.size()) + "\r\n\r\n" + sent;
}

parsed_answer ask(site& s, const std::string& bytes) {
  auto& client = s.send(bytes);
  s.run();
  return parsed_answer(client.received());
}

std::string in_short(std::string_view name, std::size_t bytes) {
  return std::string(name) + ":" + std::to_string(bytes) + " ";
}

/// A directory that is removed at the end, and what is in it.
class directory {
 public:
  directory() : path_((fs::temp_directory_path() / "shoal-test-XXXXXX").string()) {
    SHOAL_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~directory() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  std::string path_;
};

std::string content_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Multipart, IsStreamedToAFunction) {
  site s;
  s.routes.post<"/">([](context& c) -> task<std::string> {
    std::string seen;
    std::size_t bytes = 0;
    co_await multipart(c, [&](const part_head& part, std::string_view piece, bool last) {
      bytes += piece.size();
      if (last) seen += in_short(part.name, std::exchange(bytes, 0));
    });
    co_return seen;
  });
  s.open();
  EXPECT_EQ(ask(s, post("/", body)).rest, "a:3 f:100000 ");
}

TEST(Multipart, HoldsTheClientBackWhileACoroutineWaits) {
  site s;
  std::size_t taken = 0;
  s.routes.post<"/">([&taken](context& c) -> task<std::string> {
    auto sink = [&taken](const part_head&, std::string_view piece, bool) -> task<> {
      co_await sleep(10ms);
      taken += piece.size();
    };
    co_await multipart(c, sink);
    co_return std::to_string(taken);
  });
  s.open();
  EXPECT_EQ(ask(s, post("/", body)).rest, "100003");
}

TEST(Multipart, EndsWithTheClientWithoutALastCall) {
  site s;
  int pieces = 0;
  bool over = false;
  auto held = std::make_shared<int>();
  s.routes.post<"/">([&, watched = std::weak_ptr(held)](context& c) -> task<std::string> {
    co_await multipart(c,
                       [&, kept = watched.lock()](const part_head&, std::string_view, bool last) {
                         ++pieces;
                         over = last;
                       });
    co_return "not reached";
  });
  s.open();
  const auto sent = post("/", body);
  auto& client = s.send(sent.substr(0, sent.size() - 1000));
  s.pass(5ms);
  EXPECT_GT(pieces, 0);
  EXPECT_EQ(held.use_count(), 2);
  client.reset();
  s.pass(50ms);
  EXPECT_FALSE(over);
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(s.server->counters().requests_in_flight, 0u);
}

TEST(Multipart, IsRefusedWithTheRightStatus) {
  site s;
  s.routes.post<"/">([](context& c) -> task<std::string> {
    co_await multipart(c, [](const part_head&, std::string_view, bool) {}, {.part_bytes = 99'999});
    co_return "fine";
  });
  s.routes.post<"/total">([](context& c) -> task<std::string> {
    co_await multipart(c, [](const part_head&, std::string_view, bool) {}, {.total_bytes = 1000});
    co_return "fine";
  });
  s.open();
  EXPECT_EQ(ask(s, post("/", body)).status, 413);
  EXPECT_EQ(ask(s, post("/total", body)).status, 413);
  EXPECT_EQ(ask(s, post("/", body, "multipart/form-data; boundary=c")).status, 400);
  EXPECT_EQ(ask(s, post("/", body, "multipart/form-data")).status, 400);
  EXPECT_EQ(ask(s, post("/", body, "multipart/mixed; boundary=b")).status, 415);
  EXPECT_EQ(ask(s, post("/", "--b\r\n")).status, 400) << "cut off";
}

/// Keeps what it is sent under "kept" if the query says so.
void add_upload_route(site& s, upload_options options) {
  s.routes.post<"/">([options](context& c) -> task<std::string> {
    auto form = co_await multipart(c, options);
    std::string seen;
    for (const auto [name, value] : form.fields) seen += in_short(name, value.size());
    for (auto& file : form.files) {
      seen += in_short(file.head().file_name.value(), file.size());
      if (c.query() == "keep") file.keep(options.directory + "/kept");
    }
    co_return seen;
  });
}

class Upload : public ::testing::TestWithParam<bool> {
 protected:
  directory place;
  upload_options options{.directory = place.path(), .nameless = GetParam()};
};

TEST_P(Upload, LeavesNothingBehind) {
  site s;
  add_upload_route(s, options);
  s.open();
  EXPECT_EQ(ask(s, post("/", body)).rest, "a:3 ../x:100000 ");
  EXPECT_EQ(place.files(), 0u);
}

TEST_P(Upload, IsKeptWhereTheHandlerSaysAndReplacesNothing) {
  site s;
  add_upload_route(s, options);
  s.open();
  EXPECT_EQ(ask(s, post("/?keep", body)).rest, "a:3 ../x:100000 ");
  EXPECT_EQ(place.files(), 1u);
  EXPECT_EQ(content_of(place.path() + "/kept"), std::string(100'000, 'x'));
  EXPECT_EQ(ask(s, post("/?keep", body)).status, 500) << "there is a file of that name";
  EXPECT_EQ(place.files(), 1u);
}

TEST_P(Upload, IsRemovedWhenTheClientGoesAway) {
  site s;
  add_upload_route(s, options);
  s.open();
  const auto sent = post("/", body);
  auto& client = s.send(sent.substr(0, sent.size() - 1000));
  s.pass(5ms);
  EXPECT_EQ(s.server->counters().requests_in_flight, 1u);
  EXPECT_EQ(place.files(), GetParam() ? 0u : 1u);
  client.reset();
  s.pass(50ms);
  EXPECT_EQ(s.server->counters().requests_in_flight, 0u);
  EXPECT_EQ(place.files(), 0u);
}

TEST_P(Upload, BoundsWhatItKeepsInMemory) {
  options.field_bytes = 4;  // "a" and "one"
  site s;
  add_upload_route(s, options);
  s.open();
  EXPECT_EQ(ask(s, post("/", body)).status, 200);
  std::string one_more = body;
  one_more.replace(one_more.find("name=a"), 6, "name=ab");
  EXPECT_EQ(ask(s, post("/", one_more)).status, 413);
  EXPECT_EQ(place.files(), 0u);
}

TEST_P(Upload, BoundsTheDescriptorsThatItHolds) {
  const auto with_files = [](std::size_t count) {
    std::string form;
    for (std::size_t i = 0; i < count; ++i) {
      form += "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n" +
              std::to_string(i) + "\r\n";
    }
    return form + "--b--\r\n";
  };
  site s;
  add_upload_route(s, options);
  s.open();
  EXPECT_EQ(ask(s, post("/", with_files(options.files))).status, 200);
  EXPECT_EQ(ask(s, post("/", with_files(options.files + 1))).status, 413);
  EXPECT_EQ(place.files(), 0u);
}

TEST_P(Upload, MovesWithItsFile) {
  uploaded_file first({.name = "f"}, place.path(), GetParam());
  first.append("abc");
  uploaded_file second({.name = "g"}, place.path(), GetParam());
  second = std::move(first);
  EXPECT_EQ(second.head().name, "f");
  EXPECT_EQ(second.size(), 3u);
  EXPECT_EQ(place.files(), GetParam() ? 0u : 1u);
  const uploaded_file third(std::move(second));
  char text[4] = {};
  EXPECT_EQ(::pread(third.descriptor(), text, 4, 0), 3);
  EXPECT_STREQ(text, "abc");
}

TEST_P(Upload, SaysWhichDirectoryIsNotThere) {
  try {
    const uploaded_file file({}, place.path() + "/none", GetParam());
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().value(), ENOENT);
    EXPECT_NE(std::string(e.what()).find(place.path() + "/none"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Upload, ::testing::Bool(), [](const auto& info) {
  return info.param ? std::string("Nameless") : std::string("Named");
});

}  // namespace
}  // namespace shoal::http
