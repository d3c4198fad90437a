//go:build linux && (amd64 || arm64)

package naming

import (
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"heapprof/internal/procfs"
	"heapprof/internal/symbol/madecode"
)

// madeFiles are the files in which a process tells of the code that it makes.
type madeFiles struct {
	theMap *os.File // its perf map; nil: there is none
	dump   *os.File // its jitdump file
}

// mostFile is how many bytes of a file are read: a map of a million functions has some 100 MB.
const mostFile = 1 << 30

// mapped returns how many bytes the perf map has.
func (f *madeFiles) mapped() uint64 {
	if f.theMap == nil {
		return 0
	}
	info, err := f.theMap.Stat()
	if err != nil {
		return 0
	}
	return uint64(info.Size())
}

// open opens the files that are not open and that a process, which has those mappings, has by now.
func (f *madeFiles) open(p procfs.Process, mappings []procfs.Mapping) {
	number, user := ownNumber(p)
	if f.theMap == nil {
		f.theMap = openMade(p, perfMap(number), user)
	}
	if i := slices.IndexFunc(mappings, isJitdump); i >= 0 && f.dump == nil {
		f.dump = openMade(p, mappings[i].Path, user)
	}
}

// openMade opens a file by the path that a process has for it; nil where there is none, or where it may not be what
// a process of that user's has written.
func openMade(p procfs.Process, path string, user int) *os.File {
	root, err := unix.Open(p.Path("root"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(root)
	const flags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOFOLLOW | unix.O_NOCTTY
	// A link may not lead out of the process's own root directory, nor into /proc.
	fd, err := unix.Openat2(root, path, &unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS})
	if errors.Is(err, unix.ENOSYS) { // Linux before 5.6
		fd, err = unix.Openat(root, strings.TrimPrefix(path, "/"), flags, 0)
	}
	if err != nil {
		return nil
	}
	return ifSafe(os.NewFile(uintptr(fd), path), user)
}

// openOwn opens the perf map of a process that has ended before it was looked at, if there is one that was written since: it
// was started from here, most probably, and has the root directory and the numbers of this process.
func openOwn(number int, since time.Time) *os.File {
	file, err := os.OpenFile(perfMap(number), os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.ModTime().Before(since) {
		file.Close()
		return nil
	}
	return ifSafe(file, os.Geteuid())
}

// ifSafe returns a file if it is a regular one that a process of that user's has written, and nobody else can write to;
// else it closes it, and returns nil.
func ifSafe(f *os.File, user int) *os.File {
	var st unix.Stat_t
	if unix.Fstat(int(f.Fd()), &st) != nil || int(st.Uid) != user || st.Mode&unix.S_IFMT != unix.S_IFREG || st.Mode&unix.S_IWOTH != 0 {
		f.Close()
		return nil
	}
	return f
}

// read returns what the files tell of addresses: of each that they know. seen is when the addresses were seen first.
func (f *madeFiles) read(seen map[uint64]moment, pcs []uint64) map[uint64]madecode.Found {
	found := make(map[uint64]madecode.Found)
	if f.dump != nil {
		f.readDump(seen, pcs, found)
	}
	if f.theMap != nil {
		finder := madecode.NewFinder(ordered(pcs, func(pc uint64) uint64 {
			if at := seen[pc]; at.mapped != 0 {
				return at.mapped
			}
			return madecode.Always
		}))
		_ = madecode.ReadMap(whole(f.theMap), finder.Add) // what comes before a fault is there
		addFound(found, finder, pcs)
	}
	return found
}

// readDump adds to found what the jitdump file tells.
func (f *madeFiles) readDump(seen map[uint64]moment, pcs []uint64, found map[uint64]madecode.Found) {
	timed := madecode.NewFinder(ordered(pcs, func(pc uint64) uint64 {
		if at, ok := seen[pc]; ok {
			return uint64(at.time)
		}
		return madecode.Always
	}))
	last := madecode.NewFinder(ordered(pcs, func(uint64) uint64 { return madecode.Always }))
	ofProcessor, _ := madecode.ReadDump(whole(f.dump), func(c madecode.Code) { // what comes before a fault is there
		timed.Add(c)
		last.Add(c)
	})
	if ofProcessor {
		timed = last // its times are not those of the clock
	}
	addFound(found, timed, pcs)
}

// whole returns what reads a file from its begin to where it ends now, or so much of it as is read at most.
func whole(f *os.File) io.Reader { return io.NewSectionReader(f, 0, mostFile) }

// ordered returns addresses with what the order of their code is at most.
func ordered(pcs []uint64, most func(pc uint64) uint64) []madecode.Seen {
	all := make([]madecode.Seen, len(pcs))
	for i, pc := range pcs {
		all[i] = madecode.Seen{PC: pc, Order: most(pc)}
	}
	return all
}

// addFound adds what a Finder has found at addresses of which nothing is known yet.
func addFound(found map[uint64]madecode.Found, finder *madecode.Finder, pcs []uint64) {
	for _, pc := range pcs {
		if _, ok := found[pc]; ok {
			continue
		}
		if f, ok := finder.At(pc); ok {
			found[pc] = f
		}
	}
}

// close closes the files.
func (f *madeFiles) close() {
	for _, file := range []*os.File{f.theMap, f.dump} {
		if file != nil {
			file.Close()
		}
	}
	*f = madeFiles{}
}

// ownNumber returns the number by which a process knows itself: that of its innermost PID namespace.
func ownNumber(p procfs.Process) (number, user int) {
	status, err := p.Status()
	if err != nil || len(status.Numbers) == 0 {
		return int(p), -1
	}
	return status.Numbers[len(status.Numbers)-1], status.User
}

// perfMap returns the path of the perf map of the process that knows itself by that number.
func perfMap(number int) string { return "/tmp/perf-" + strconv.Itoa(number) + ".map" }

// isJitdump reports whether a mapping is what a process does so that profilers find its jitdump file.
func isJitdump(m procfs.Mapping) bool {
	name := path.Base(m.Path)
	return strings.Contains(m.Protection, "x") && strings.HasPrefix(name, "jit-") && strings.HasSuffix(name, ".dump")
}
