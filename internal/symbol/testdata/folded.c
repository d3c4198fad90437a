// A linker that folds functions of the same code into one (--icf=all) makes one
// of within and plain, of which the first lies within another function.
__attribute__((noipa)) int outer(int x);
static __attribute__((noipa)) int plain(int x);

// The first in the source is the last in the debug information, which then does
// not say where it ends.
int main(int argc, char **argv) { return argv ? outer(argc) + plain(argc) : 0; }

__attribute__((noipa)) int outer(int x) {
  __attribute__((noipa)) int within(int y) { return y * 7919 + (y >> 3); }
  __attribute__((noipa)) int alone(int y) { return y ^ y << 5; }
  return within(x) + alone(x + 1);
}

static __attribute__((noipa)) int plain(int x) { return x * 7919 + (x >> 3); }
