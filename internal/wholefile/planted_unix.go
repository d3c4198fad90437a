//go:build unix

package wholefile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// planted reports whether what info describes, at path, belongs to neither the user nor
// the owner of its directory, while everybody may put something there.
func planted(path string, info fs.FileInfo) bool {
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil || dir.Mode()&fs.ModeSticky == 0 || dir.Mode().Perm()&0o002 == 0 {
		return false
	}
	of, ok := info.Sys().(*syscall.Stat_t)
	owner, known := dir.Sys().(*syscall.Stat_t)
	return ok && known && int(of.Uid) != os.Geteuid() && of.Uid != owner.Uid
}
