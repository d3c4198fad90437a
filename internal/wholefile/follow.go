package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A symbolic link, or a pipe or the like, that somebody else may have put where a file was
// going to be written.
var (
	errPlantedLink = errors.New("another user has put a link there, in a directory that everybody may write to")
	errPlanted     = errors.New("another user has put a pipe or a device there, in a directory that everybody may write to")
)

// maxLinks is how many links are followed in one path, as many as Linux follows.
const maxLinks = 40

// follow returns what path leads to if its last element is a symbolic link, else path
// itself.
//
// In a directory that everybody may write to and that is sticky, such as /tmp, a link must
// belong to the user or to the owner of the directory, else it is an error; so the kernel
// does it with fs.protected_symlinks (proc_sys_fs(5)). Otherwise another user could have a
// file of this user's replaced. The same holds for pipes and devices there, which would be
// written to. Links among the directories before the last element are left to the kernel.
func follow(path string) (string, error) {
	target := path
	for range maxLinks {
		info, err := os.Lstat(target)
		if err != nil || info.Mode().IsRegular() || info.IsDir() {
			return target, nil // or cannot be had: whoever opens it will say why
		}
		isLink := info.Mode()&fs.ModeSymlink != 0
		switch planted := planted(target, info); {
		case planted && isLink:
			return "", errPlantedLink
		case planted:
			return "", errPlanted
		case !isLink:
			return target, nil
		}
		to, err := os.Readlink(target)
		if err != nil {
			return "", err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(target), to)
		}
		if _, err := os.Lstat(to); err != nil {
			if _, err := os.Stat(target); err == nil {
				return target, nil // /dev/stdout leads to the kernel's own links, whose text may be no path
			}
		}
		target = to
	}
	return "", errors.New("too many levels of symbolic links")
}
