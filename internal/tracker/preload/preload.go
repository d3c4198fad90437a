// Package preload holds the tracker library, which the dynamic loader loads
// into the program, and puts it where the loader finds it. build.sh builds it
// from csrc.
package preload

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

//go:embed libheapprof-*.so
var libraries embed.FS

// Library returns the tracker library for the given GOARCH, or an error that
// says there is none.
func Library(arch string) ([]byte, error) {
	b, err := libraries.ReadFile("libheapprof-" + arch + ".so")
	if err != nil {
		return nil, fmt.Errorf("heapprof cannot record programs on %s/%s yet", runtime.GOOS, arch)
	}
	return b, nil
}

// Install writes the library for this machine to a directory from which the
// loader can map it, under a name that holds its hash, and returns its path. A
// file that is there already, with the right content, is used as it is.
//
// It tries the user's cache directory first, then others that a read-only or
// noexec home leaves.
func Install() (string, error) {
	library, err := Library(runtime.GOARCH)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(library)
	name := "libheapprof-" + hex.EncodeToString(sum[:8]) + ".so"
	var failures []error
	for _, dir := range directories() {
		path, err := install(dir, name, library)
		if err == nil {
			return path, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("no directory for the tracker library: %w; set XDG_CACHE_HOME to a writable one that allows execution", errors.Join(failures...))
}

// directories lists where the library may go, best first. Root's goes where
// other users can read it too, for programs that change their user.
func directories() []string {
	own := "heapprof-" + strconv.Itoa(os.Getuid())
	var dirs []string
	if os.Getuid() == 0 {
		dirs = append(dirs, "/var/cache/heapprof")
	}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "heapprof"))
	}
	if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" {
		dirs = append(dirs, filepath.Join(run, "heapprof"))
	}
	return append(dirs, filepath.Join(os.TempDir(), own), filepath.Join("/var/tmp", own), filepath.Join("/dev/shm", own))
}

func install(dir, name string, library []byte) (string, error) {
	if strings.ContainsAny(dir, ": \t\n") {
		return "", fmt.Errorf("%s: the loader splits LD_PRELOAD at blanks and colons", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := trusted(dir); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if have, err := os.ReadFile(path); err == nil && string(have) == string(library) {
		return path, nil
	}
	tmp, err := os.CreateTemp(dir, name+".tmp*")
	if err != nil {
		return "", err
	}
	defer os.Remove(tmp.Name()) // fails, as it should, after the rename
	_, err = tmp.Write(library)
	err = errors.Join(err, tmp.Chmod(0o755), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return "", err
	}
	return path, nil
}
