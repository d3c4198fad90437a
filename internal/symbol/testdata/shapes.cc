// What C++ asks of a symbolizer: templates, lambdas, anonymous namespaces,
// local classes, extern "C", virtual functions, inlining into several levels.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace app {
namespace {
struct Shape {
  virtual ~Shape() {}
  virtual double area() const = 0;
};
template <class T> struct Square : Shape {
  T side;
  explicit Square(T s) : side(s) {}
  double area() const override { return side * side; }
};
int hidden(int x) {
  static int sum;
  sum += x;
  return sum * x;
}
} // namespace

struct Store {
  std::map<std::string, std::vector<int>> items;
  Store &add(const std::string &key, int v) {
    items[key].push_back(v);
    return *this;
  }
  template <typename F> long each(F f) {
    long total = 0;
    for (auto &p : items)
      for (int v : p.second)
        total += f(v);
    return total;
  }
};

template <int N> struct Fib {
  static long of(std::vector<long> &v) {
    v.push_back(N);
    return Fib<N - 1>::of(v) + Fib<N - 2>::of(v);
  }
};
template <> struct Fib<1> {
  static long of(std::vector<long> &) { return 1; }
};
template <> struct Fib<0> {
  static long of(std::vector<long> &) { return 0; }
};
} // namespace app

extern "C" int plain_c(int n) {
  struct Local {
    int go(int k) { return app::hidden(k) + 1; }
  } local;
  return local.go(n);
}

static std::function<int(int)> make(int k) {
  return [k](int x) {
    auto times = [&](int z) { return z * k; };
    return times(x) + app::hidden(x);
  };
}

int main(int argc, char **argv) {
  app::Store store;
  for (int i = 0; i < argc * 10; i++)
    store.add(argv[0], i).add(std::to_string(i), i);
  std::vector<std::unique_ptr<app::Shape>> shapes;
  shapes.emplace_back(new app::Square<double>(2));
  shapes.emplace_back(std::make_unique<app::Square<int>>(3));
  double area = 0;
  for (auto &s : shapes)
    area += s->area();
  std::vector<long> seen;
  long fib = app::Fib<10>::of(seen);
  std::sort(seen.begin(), seen.end(), [](long a, long b) { return a > b; });
  printf("%ld %f %ld %d\n", store.each([&](int x) { return x + plain_c(x); }), area, fib, make(argc)(3));
}
