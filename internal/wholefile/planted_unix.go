//go:build unix

package wholefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// planted reports whether the thing at path that info describes may have been put there by
// another user: it belongs to neither the user nor the owner of its directory, and
// everybody may put things into that directory.
func planted(path string, info fs.FileInfo) bool {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || dir.Mode()&fs.ModeSticky == 0 || dir.Mode().Perm()&0o002 == 0 {
		return false
	}
	thing, ok := info.Sys().(*syscall.Stat_t)
	parent, known := dir.Sys().(*syscall.Stat_t)
	return ok && known && int(thing.Uid) != os.Geteuid() && thing.Uid != parent.Uid
}
