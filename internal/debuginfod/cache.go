package debuginfod

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// cache is the directory that debuginfod's clients share. A file lies in it as ID/debuginfo; an empty one says that no server had
// it when that was written. Three files of a number of seconds each say how long what is kept.
type cache struct{ dir string }

// The files of settings, with the seconds that they have where nobody has written them.
var settings = map[string]int64{
	cleanEvery:   24 * 60 * 60,
	unusedAge:    7 * 24 * 60 * 60,
	missRemember: 10 * 60,
}

const (
	cleanEvery   = "cache_clean_interval_s"
	unusedAge    = "max_unused_age_s"
	missRemember = "cache_miss_s"
)

// setting returns what a file of settings says.
func (c cache) setting(name string) time.Duration {
	seconds := settings[name]
	if text, err := os.ReadFile(filepath.Join(c.dir, name)); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 40); err == nil && n >= 0 {
			seconds = n
		}
	}
	return time.Duration(seconds) * time.Second
}

// path returns where the debug file of a build-id lies.
func (c cache) path(buildID string) string { return filepath.Join(c.dir, buildID, "debuginfo") }

// find returns the path of the debug file of a build-id, "" if no server has it; known is false where servers must be asked.
func (c cache) find(buildID string) (path string, known bool) {
	path = c.path(buildID)
	info, err := os.Stat(path)
	switch {
	case err != nil || !info.Mode().IsRegular():
		return "", false
	case info.Size() == 0:
		if age := time.Since(info.ModTime()); age < c.setting(missRemember) {
			return "", true
		}
		_ = os.Remove(path) // it is written again if it is still true
		return "", false
	case !isBuild(path, buildID):
		return "", false // what is asked for takes its place
	}
	return path, true
}

// remember notes that no server has the debug file of a build-id. Where that cannot be written they are asked again.
func (c cache) remember(buildID string) {
	if c.prepare(buildID) != nil {
		return
	}
	const nobody = 0 // as elfutils' client does: nobody reads it
	if f, err := os.OpenFile(c.path(buildID), os.O_CREATE|os.O_EXCL|os.O_RDONLY, nobody); err == nil {
		_ = f.Close() // nothing is in it
	}
}

// prepare makes the directories of a build-id, and the files of settings.
func (c cache) prepare(buildID string) error {
	if c.dir == "" {
		return errors.New("there is no directory for the cache: DEBUGINFOD_CACHE_PATH names one")
	}
	const private, readable = 0o700, 0o666
	if err := os.MkdirAll(filepath.Join(c.dir, buildID), private); err != nil {
		return err
	}
	for name, seconds := range settings {
		if f, err := os.OpenFile(filepath.Join(c.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, readable); err == nil {
			_, _ = f.WriteString(strconv.FormatInt(seconds, 10)) // who reads less takes the default
			_ = f.Close()
		}
	}
	return nil
}

// add adds the debug file of a build-id, which the function write writes: the file appears whole, or not at all.
func (c cache) add(buildID string, write func(*os.File) error) (path string, err error) {
	if err := c.prepare(buildID); err != nil {
		return "", err
	}
	path = c.path(buildID)
	f, err := os.CreateTemp(filepath.Dir(path), "debuginfo.*")
	if err != nil {
		return "", err
	}
	const readOnly = 0o400 // as elfutils' client does: nobody is to write over it
	err = write(f)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = errors.Join(os.Chmod(f.Name(), readOnly), os.Rename(f.Name(), path))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what went wrong is told already
		return "", err
	}
	return path, nil
}

// artifact is how what may be removed is called, below the directory.
var artifact = regexp.MustCompile(`^[0-9a-f]+/(debuginfo|executable|section.*|source.*|hdr.*)$`)

// Clean removes from the cache what nobody has read for a week, or for as long as its file of settings says, if nobody has looked for
// that today.
func (c *Client) Clean() {
	dir := c.cache.dir
	stamp := filepath.Join(dir, cleanEvery)
	info, err := os.Stat(stamp)
	now := time.Now()
	if err != nil || now.Sub(info.ModTime()) < c.cache.setting(cleanEvery) || os.Chtimes(stamp, now, now) != nil {
		return
	}
	age := c.cache.setting(unusedAge)
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		name, errName := filepath.Rel(dir, path)
		if err != nil || errName != nil || entry.IsDir() || !artifact.MatchString(filepath.ToSlash(name)) {
			return nil
		}
		if info, err := entry.Info(); err == nil && now.Sub(lastRead(info)) > age {
			_ = os.Remove(path)               // another client may have done it
			_ = os.Remove(filepath.Dir(path)) // if it is empty
		}
		return nil
	})
}
