// Package preload holds the tracker library, which the dynamic loader loads
// into the program, and puts it where the loader finds it. build.sh builds it
// from csrc. The package imports nothing of ours.
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
	"time"
)

//go:embed libheapprof-*.so
var libraries embed.FS

// Library returns the content of the tracker library for an architecture, named as in
// GOARCH. The error, a line for the user, means that there is none for it.
func Library(arch string) ([]byte, error) {
	b, err := libraries.ReadFile("libheapprof-" + arch + ".so")
	if err != nil {
		return nil, fmt.Errorf("heapprof cannot record programs on %s/%s yet", runtime.GOOS, arch)
	}
	return b, nil
}

// Attached returns the content of the library for processes of this machine that run already. It
// is bound to nothing, so that whoever maps it has only to add its address where its relocations say.
// The error, a line for the user, means that there is none.
func Attached() ([]byte, error) {
	b, err := libraries.ReadFile("libheapprof-attached-" + runtime.GOARCH + ".so")
	if err != nil {
		return nil, fmt.Errorf("heapprof cannot attach to processes on %s/%s yet", runtime.GOOS, runtime.GOARCH)
	}
	return b, nil
}

// Install writes the tracker library for this machine to a directory from which the loader
// can map it, under a name that holds its hash, and returns the file's path. A file that is
// there already, with the right content, is used as it is. Libraries of other versions of
// heapprof that have not been used for 90 days are removed.
//
// It tries the user's cache directory first, then others that a read-only or noexec home
// leaves.
func Install() (string, error) {
	library, err := Library(runtime.GOARCH)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(library)
	name := prefix + hex.EncodeToString(sum[:8]) + suffix
	var failures []error
	for _, dir := range directories() {
		path, err := install(dir, name, library)
		if err == nil {
			removeOld(dir, name, time.Now().Add(-keep))
			return path, nil
		}
		failures = append(failures, err)
	}
	return "", fmt.Errorf("no directory for the tracker library: %w; set XDG_CACHE_HOME to a writable one that allows execution", errors.Join(failures...))
}

// The file names of installed libraries begin and end with these; in between is a hash.
const prefix, suffix = "libheapprof-", ".so"

// keep is how long a version of the library stays after a run was last begun with it. That
// run may still go on later, or its program without heapprof: programs that it starts are
// told to load the library, and the loader would complain if it were gone.
const keep = 90 * 24 * time.Hour

// directories returns the directories where the library may be, best first. For root the
// first is one that other users can read too, for programs that change their user.
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

// install makes the library be in the directory dir, under the name, and returns its path.
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
	if have, err := os.ReadFile(path); err != nil || string(have) != string(library) {
		if err := write(dir, name, library); err != nil {
			return "", err
		}
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // fails in a read-only directory, where nothing is removed either
	return path, nil
}

// write makes the file appear whole, since a program may be loading it just then.
func write(dir, name string, library []byte) error {
	tmp, err := os.CreateTemp(dir, name+".tmp*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails, as it should, after the rename
	_, err = tmp.Write(library)
	err = errors.Join(err, tmp.Chmod(0o755), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, name))
	}
	return err
}

// removeOld removes from dir the libraries that were last used before a time, except the
// one of the given name.
func removeOld(dir, name string, before time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // they only take room
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || !info.ModTime().Before(before) {
			continue
		}
		if e.Name() == name || !strings.HasPrefix(e.Name(), prefix) || !strings.Contains(e.Name(), suffix) {
			continue
		}
		_ = os.Remove(filepath.Join(dir, e.Name()))
	}
}
