package massif

import (
	"bytes"
	"io"
	"strconv"

	"heapprof/internal/profile"
)

// The numbers of a node that are kept: of a file of Massif's those of two trees, of --xtree-memory four sums.
const (
	peak = iota
	last

	endBytes    = 0
	endBlocks   = 1
	totalBytes  = 2
	totalBlocks = 3

	numValues = 4
)

// tree has the nodes of all trees: a node is a frame and what it called.
type tree struct {
	nodes  profile.Pieces[node]
	nodeOf map[step]uint32
	trees  uint32            // how many were read
	of     [numValues]uint32 // the tree that each of a node's values is to be of; 0: none
	best   uint64            // bytes of the tree that is the peak so far
	sure   bool              // the file says that it is the peak
}

// step is a node by the one inward of it, whose index is inner minus 1, or 0 for none.
type step struct{ inner, frame uint32 }

// node has numbers of one tree each; those of another tree than of says are old.
type node struct {
	step
	values [numValues]uint64
	trees  [numValues]uint32
}

// open is a line of a tree some of whose callers were not read yet.
type open struct {
	node  uint32 // index plus 1; 0 for the root
	lines uint64 // below it that are to come
	rest  uint64 // what these have
}

// readTree reads the lines of a snapshot's tree.
func (r *reader) readTree() error {
	var path []open
	var kinds []int // of numbers that the tree's values are
	for {
		if err := r.Next(); err == io.EOF {
			return profile.Formatf("is not a whole file of massif's: it ends in the tree of the snapshot at line %d", r.of.line)
		} else if err != nil {
			return err
		}
		lines, value, text, ok := treeLine(r.Text, len(path))
		if !ok {
			return r.Damaged("is none of a tree")
		}
		at := open{lines: lines, rest: value}
		if path == nil {
			var err error
			if kinds, err = r.root(text, value); err != nil {
				return err
			}
		} else {
			above := &path[len(path)-1]
			if value > above.rest {
				return r.Damaged("has more than is left of what it is a part of")
			}
			above.rest -= value
			above.lines--
			at.node = r.tree.node(step{above.node, r.frame(text)})
		}
		if path = append(path, at); len(path) > profile.MaxDepth {
			return r.Damaged("is below %d others", profile.MaxDepth)
		}
		for len(path) > 0 && path[len(path)-1].lines == 0 {
			done := path[len(path)-1]
			path = path[:len(path)-1]
			r.tree.add(done.node, kinds, done.rest)
		}
		if len(path) == 0 {
			return nil
		}
	}
}

// treeLine takes a line of a tree apart that is below so many others, and has a space for each. ok is false for what is none.
func treeLine(line []byte, below int) (lines, value uint64, text []byte, ok bool) {
	indented := len(line) - len(bytes.TrimLeft(line, " "))
	line, ok = bytes.CutPrefix(line[indented:], []byte("n"))
	if !ok || indented != below {
		return 0, 0, nil, false
	}
	count, rest, ok := bytes.Cut(line, []byte(": "))
	lines, err := strconv.ParseUint(string(count), 10, 64)
	if !ok || err != nil {
		return 0, 0, nil, false
	}
	number, text, _ := bytes.Cut(rest, []byte(" "))
	value, err = strconv.ParseUint(string(number), 10, 64)
	return lines, value, text, err == nil
}

// root tells by the root of a tree, and by its snapshot, which values of nodes the tree has; none where nobody asks for them.
func (r *reader) root(text []byte, value uint64) (kinds []int, err error) {
	t := &r.tree
	t.trees++
	name, _, isXtree := bytes.Cut(text, []byte(" : "))
	switch {
	case isXtree:
		r.xtree = true
		kind, known := map[string]int{"curB": endBytes, "curBk": endBlocks, "totB": totalBytes, "totBk": totalBlocks}[string(name)]
		if !known {
			return nil, nil // what was freed is total less end; of leaks there is no more than was searched for
		}
		t.of[kind] = t.trees
		return []int{kind}, nil
	case bytes.HasPrefix(text, []byte("(page allocation syscalls)")):
		r.pages = true
	}
	if r.xtree {
		return nil, r.Damaged("is of another kind than the trees before")
	}
	kinds = []int{last}
	t.of[last] = t.trees
	if r.of.isPeak || !t.sure && value >= t.best {
		t.of[peak], t.best, t.sure = t.trees, value, r.of.isPeak
		kinds = append(kinds, peak)
	}
	return kinds, nil
}

// node returns the index plus 1 of the node of a step.
func (t *tree) node(s step) uint32 {
	if n := t.nodeOf[s]; n != 0 {
		return n
	}
	if t.nodeOf == nil {
		t.nodeOf = make(map[step]uint32)
	}
	t.nodes.Add(node{step: s})
	n := uint32(t.nodes.Len())
	t.nodeOf[s] = n
	return n
}

// add adds what the tree that is being read has at a node and at none of its callers.
func (t *tree) add(number uint32, kinds []int, value uint64) {
	if value == 0 {
		return
	}
	if number == 0 {
		number = t.node(step{}) // what no site has: a stack without frames
	}
	n := t.nodes.At(number - 1)
	for _, k := range kinds {
		if n.trees[k] != t.trees {
			n.trees[k], n.values[k] = t.trees, 0
		}
		n.values[k] += value
	}
}

// value returns a node's number of a kind; 0 where the tree that counts has none there.
func (t *tree) value(n *node, kind int) uint64 {
	if t.of[kind] == 0 || n.trees[kind] != t.of[kind] {
		return 0
	}
	return n.values[kind]
}
