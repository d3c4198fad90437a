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

// maxLinks is how many links Linux follows in one path, too.
const maxLinks = 40

// follow returns what the path leads to when its last element is a symbolic link, or
// path itself.
//
// In a directory that everybody may write to and that is sticky, such as /tmp, a link
// is followed only if it belongs to the user or to the directory's owner, as the kernel
// does it with fs.protected_symlinks (proc_sys_fs(5)), and pipes and devices are
// written to on the same condition: the file that it leads to would be replaced
// with the user's rights. Links among the directories before the last element are the
// kernel's to follow.
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
