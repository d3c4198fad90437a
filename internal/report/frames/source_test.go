package frames

import "testing"

func TestTheCrateOfAFileIsToldByItsPath(t *testing.T) {
	const index = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/"
	for file, want := range map[string]struct {
		crate, dir string
		origin     origin
	}{
		index + "jaq-json-2.0.3/src/read.rs":                                       {"jaq-json 2.0.3", "jaq-json-2.0.3/src", packageFile},
		index + "sha-1-0.10.1/src/lib.rs":                                          {"sha-1 0.10.1", "sha-1-0.10.1/src", packageFile},
		index + "toml_datetime-0.6.8+spec-1.1.0/src/lib.rs":                        {"toml_datetime 0.6.8+spec-1.1.0", "toml_datetime-0.6.8+spec-1.1.0/src", packageFile},
		index + "zstd-sys-2.0.16-rc.1/zstd/lib/common/pool.c":                      {"zstd-sys 2.0.16-rc.1", "zstd-sys-2.0.16-rc.1/zstd/lib/common", packageFile},
		"/cargo/registry/src/github.com-1ecc6299db9ec823/log-0.4.17/src/lib.rs":    {"log 0.4.17", "log-0.4.17/src", packageFile},
		"/usr/share/cargo/registry/clap_builder-4.5.0/src/a/b.rs":                  {"clap_builder 4.5.0", "clap_builder-4.5.0/src/a", packageFile},
		"/home/a/.cargo/git/checkouts/jaq-0a1b2c3d4e5f6071/89abcde/jaq-core/src/x": {"jaq-core 89abcde", "jaq-core/jaq-core/src", packageFile},
		"/home/a/.cargo/git/checkouts/my-jaq-0a1b2c3d4e5f6071/89abcde/src/lib.rs":  {"my-jaq 89abcde", "my-jaq/src", packageFile},
		"/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/alloc/src/vec.rs": {"alloc", "library/alloc/src", systemFile},
		"/rustc/5980/library/std/src/sys/thread.rs":                                {"std", "library/std/src/sys", systemFile},
		"/root/.rustup/toolchains/x/lib/rustlib/src/rust/library/core/src/a.rs":    {"core", "library/core/src", systemFile},
		"/rust/deps/hashbrown-0.16.1/src/raw/mod.rs":                               {"hashbrown 0.16.1", "hashbrown-0.16.1/src/raw", systemFile},
		"/src/app/vendor/serde_json/src/de.rs":                                     {"serde_json", "serde_json/src", packageFile},
		"/src/app/vendor/serde_json-1.0.2/src/de.rs":                               {"serde_json 1.0.2", "serde_json-1.0.2/src", packageFile},
		"/src/app/third_party/zlib/inflate.c":                                      {"", "third_party/zlib", packageFile},
		"/usr/include/c++/12/bits/stl_vector.h":                                    {"", "/usr/include/c++/12/bits", systemFile},
		"/work/app/src/main.rs":                                                    {"", "/work/app/src", localFile},
		"/work/app-1.0.0/src/library/main.rs":                                      {"", "/work/app-1.0.0/src/library", localFile},
		"/home/registry/app/main.rs":                                               {"", "/home/registry/app", localFile},
		"src/main.rs":                                                              {"", "src", localFile},
		"main.c":                                                                   {"", ".", localFile},
	} {
		if s := sourceOf(file); s.crate.String() != want.crate || s.dir != want.dir || s.origin != want.origin {
			t.Errorf("%s is of %q in %s (%v), want %q in %s (%v)", file, s.crate, s.dir, s.origin, want.crate, want.dir, want.origin)
		}
	}
}

// FuzzSource feeds paths that no compiler writes: a profile may hold any.
func FuzzSource(f *testing.F) {
	for _, file := range []string{"registry/src/x/a-1.2.3/", "git/checkouts/-/", "library/", "/vendor/", "a-1.2.", "//", "/rust/deps/-1.2.3/x"} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) { sourceOf(file) })
}
