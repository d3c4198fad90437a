package symbol

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Options tells a Resolver where to look for debug information that is not in the program's
// own files.
type Options struct {
	// DebugDirs hold separate debug files: by build-id in
	// .build-id/ab/cdef.debug (distributions) or abcdef/debuginfo (debuginfod's
	// cache), by .gnu_debuglink under the directory of the program. Nil means
	// /usr/lib/debug and the cache of debuginfod's clients; nothing is fetched.
	DebugDirs []string
}

func (o Options) debugDirs() []string {
	if o.DebugDirs == nil {
		return DefaultDebugDirs()
	}
	return o.DebugDirs
}

// DefaultDebugDirs returns the directories where distributions and debuginfod's clients
// keep separate debug files.
func DefaultDebugDirs() []string {
	dirs := []string{"/usr/lib/debug"}
	if cache := DebuginfodCache(); cache != "" {
		dirs = append(dirs, cache)
	}
	return dirs
}

// DebuginfodCache returns the directory in which debuginfod's clients keep what they have fetched, as elfutils chooses it;
// "" where there is no place for one.
func DebuginfodCache() string {
	if dir := os.Getenv("DEBUGINFOD_CACHE_PATH"); dir != "" {
		return dir
	}
	if home, err := os.UserHomeDir(); err == nil {
		old := filepath.Join(home, ".debuginfod_client_cache")
		if info, err := os.Stat(old); err == nil && info.IsDir() {
			return old
		}
	}
	if cache, err := os.UserCacheDir(); err == nil {
		return filepath.Join(cache, "debuginfod_client")
	}
	return ""
}

// Resolver opens the files whose addresses are to be named. It may be used by
// several goroutines.
type Resolver struct {
	dirs []string

	mu      sync.Mutex
	modules map[moduleKey]*Module
	left    []*Module // that Reopen has put others in the place of
}

type moduleKey struct{ path, buildID string }

// NewResolver returns a Resolver with no file open. Close it after use.
func NewResolver(o Options) *Resolver {
	return &Resolver{dirs: o.debugDirs(), modules: make(map[moduleKey]*Module)}
}

// Open returns the module for the ELF file at path. buildID, in lower-case
// hex, is that of the file which was mapped when the program ran; empty means
// unknown, and then the file is believed.
//
// Where the file is gone, or is another one by now, it may still be found
// elsewhere, at one of the paths given; or a separate debug file of the right
// build-id serves instead. Without one Open fails and says so. It fails too
// where the file is not an ELF file of a 64-bit little-endian machine. A file
// without symbols is no error: its Frames are nil.
//
// Opening the same path and buildID again returns the same Module.
func (r *Resolver) Open(path, buildID string, elsewhere ...string) (*Module, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := moduleKey{path, buildID}
	if m := r.modules[key]; m != nil {
		return m, nil
	}
	m, err := openModule(path, buildID, elsewhere, r.dirs)
	if err != nil {
		return nil, err
	}
	r.modules[key] = m
	return m, nil
}

// Reopen opens a file as Open does, but anew, as when more of its debug information is there by now. A Module that Open returned
// before stays valid, with the answers that it has.
func (r *Resolver) Reopen(path, buildID string, elsewhere ...string) (*Module, error) {
	r.mu.Lock()
	key := moduleKey{path, buildID}
	if m := r.modules[key]; m != nil {
		r.left = append(r.left, m)
		delete(r.modules, key)
	}
	r.mu.Unlock()
	return r.Open(path, buildID, elsewhere...)
}

// Close releases all files. Frames returned before stay valid; the modules
// must not be used again.
func (r *Resolver) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for key, m := range r.modules {
		errs = append(errs, m.close())
		delete(r.modules, key)
	}
	for _, m := range r.left {
		errs = append(errs, m.close())
	}
	r.left = nil
	return errors.Join(errs...)
}

// ErrChanged is the cause of Open's error where the path leads to another build of the file
// than the program had mapped.
var ErrChanged = errors.New("changed since the program ran")

// changedError returns the error for the file at path, whose build-id now differs from that
// of the file which the program had mapped. Build-ids are in hex; now is empty for a file
// without one.
func changedError(path, now, mapped string) error {
	if now == "" {
		now = "none"
	}
	return fmt.Errorf("%s %w (its build-id is %s, the program mapped %s): record again, or install the debug file of that build-id", path, ErrChanged, now, mapped)
}
