package symbolize

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"heapprof/internal/profile"
	"heapprof/internal/symbol"
)

// open opens a module's file, or a debug file of it, if it is at hand and is the one that ran.
func (n *namer) open(m *lacking) {
	if !path.IsAbs(m.Of.Path) {
		m.Why = NotAFile
		return
	}
	file, err := n.resolver.Open(m.Of.Path, m.Of.BuildID, n.elsewhere(m.Of)...)
	n.take(m, file, err)
}

// elsewhere returns the paths at which a module's file may be besides its own.
func (n *namer) elsewhere(of *profile.Module) (paths []string) {
	for _, root := range n.options.Roots {
		base := path.Base(of.Path) // of a Linux machine's, whatever this one is
		paths = append(paths, filepath.Join(root, of.Path), filepath.Join(root, base), filepath.Join(root, base+".debug"))
	}
	return paths
}

// take takes what opening a module's file gave: the file, if it is the one that ran, or the cause why there is none.
func (n *namer) take(m *lacking, file *symbol.Module, err error) {
	m.file, m.Files, m.DebugInfo, m.Why = nil, nil, false, ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.Why = NoFile
	case errors.Is(err, symbol.ErrChanged):
		m.Why = OtherBuild
	case err != nil:
		m.Why = Unread
	case !m.Of.IsPlaced():
		var ok bool
		if m.bias, ok = file.BiasByCalls(n.returns(m)); !ok {
			m.Why = NoCalls
		}
	case m.Of.BuildID == "" && !n.options.Recorded.IsZero() && file.Written().After(n.options.Recorded):
		m.Why = Younger
	default:
		var ok bool
		if m.bias, ok = n.bias(m, file); !ok {
			m.Why = Unfitting
		}
	}
	if m.Why != "" {
		return
	}
	m.file, m.Files, m.DebugInfo, m.ByPath = file, file.Files(), file.HasDebugInfo(), m.Of.BuildID == ""
}

// returns returns the addresses that the frames of a module return to: theirs are of the instruction before.
func (n *namer) returns(m *lacking) []uint64 {
	var addresses []uint64
	for i := range n.profile.Frames {
		if f := &n.profile.Frames[i]; f.Module == m.Of && f.Addr != 0 {
			addresses = append(addresses, f.Addr+1)
		}
	}
	return addresses
}

// bias returns an address in memory minus that in the file of a module, and reports whether the file fits to what was mapped.
func (n *namer) bias(m *lacking, file *symbol.Module) (bias uint64, ok bool) {
	fitting, fits := file.Bias(m.Of.Start, m.Of.End)
	switch {
	case !m.Of.ByOffset:
		return m.Of.Bias, m.Of.BuildID != "" || fits && fitting == m.Of.Bias
	case !file.IsOwnFile():
		return fitting, fits
	case m.Of.BuildID == "" && !fits:
		return 0, false
	}
	at := n.profile.Frames[m.frames[0]].Addr
	own, ok := file.InFile(at - m.Of.Bias)
	return at - own, ok
}

// fetch has debug files fetched that were found nowhere, and opens the modules that have got one.
func (n *namer) fetch(all []*lacking) {
	if n.options.Fetch == nil {
		return
	}
	n.fetchSome(all, func(m *lacking) (Missing, bool) {
		missing := Missing{BuildID: m.Of.BuildID, Path: m.Of.Path}
		if missing.BuildID == "" && m.file != nil {
			missing.BuildID = m.file.BuildID()
		}
		return missing, missing.BuildID != "" && m.Why != NotAFile && !m.DebugInfo
	})
	n.fetchSome(all, func(m *lacking) (Missing, bool) {
		if m.file == nil {
			return Missing{}, false
		}
		id := m.file.MissingAlt()
		return Missing{BuildID: id, Path: m.Of.Path, Shared: true}, id != ""
	})
}

// fetchSome has the files fetched that modules miss, and opens these modules anew for which one came.
func (n *namer) fetchSome(all []*lacking, misses func(*lacking) (Missing, bool)) {
	var files []Missing
	of := make(map[string][]*lacking)
	for _, m := range all {
		missing, ok := misses(m)
		if !ok {
			continue
		}
		if of[missing.BuildID] == nil {
			files = append(files, missing)
		}
		of[missing.BuildID] = append(of[missing.BuildID], m)
	}
	if len(files) == 0 {
		return
	}
	for id, fetched := range n.options.Fetch(files) {
		if !fetched {
			continue
		}
		for _, m := range of[id] {
			file, err := n.resolver.Reopen(m.Of.Path, m.Of.BuildID, n.elsewhere(m.Of)...)
			n.take(m, file, err)
		}
	}
}
