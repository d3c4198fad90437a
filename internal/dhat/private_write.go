package dhat

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"

	"heapprof/internal/profile"
)

// private writes heapprof's own key, a line for each key of its value and for each row of a
// table. Empty values are left out.
func (e *encoder) private(p *profile.Profile) {
	j := newPrivateKeys(p)
	e.name(",", privateKey)
	e.text("\n {")
	e.jsonField("", "version", j.Version)
	e.text("\n")
	if j.Tool != nil {
		e.jsonField(" ,", "tool", *j.Tool)
		if j.RunsOn {
			e.jsonField(",", "runsOn", true)
		}
		e.text("\n")
	} else {
		e.jsonField(" ,", "program", j.Program)
		e.jsonField(",", "host", j.Host)
		e.text("\n")
	}
	if j.SampledBytes != 0 {
		e.jsonField(" ,", "sampledBytes", j.SampledBytes)
		if j.ExactBlocks != 0 {
			e.jsonField(",", "exactBytes", j.ExactBytes)
			e.jsonField(",", "exactBlocks", j.ExactBlocks)
		}
		e.text("\n")
	}
	e.table("measured", len(j.Measured), j.Measured)
	e.table("unmeasured", len(j.Unmeasured), j.Unmeasured)
	e.table("extra", len(j.Extra), j.Extra)
	if j.Start != nil {
		e.jsonField(" ,", "start", j.Start)
		e.text("\n")
	}
	if j.Tool == nil {
		e.jsonField(" ,", "exitCode", j.ExitCode)
		e.jsonField(",", "signal", j.Signal)
		if j.CPUTime != 0 {
			e.jsonField(",", "cpuTime", j.CPUTime)
		}
		e.text("\n")
	}
	e.end(&j.endJSON)
	if j.AnonymousPeak != 0 || j.StaticBytes != 0 || j.StackBytes != 0 || j.Threads != 0 {
		e.jsonField(" ,", "anonymousPeak", j.AnonymousPeak)
		e.jsonField(",", "staticBytes", j.StaticBytes)
		e.jsonField(",", "stackBytes", j.StackBytes)
		e.jsonField(",", "threads", j.Threads)
		e.text("\n")
	}
	if j.Allocator != "" {
		e.jsonField(" ,", "allocator", j.Allocator)
		e.text("\n")
	}
	if j.FilePeak != nil {
		e.jsonField(" ,", "filePeak", *j.FilePeak)
		e.text("\n")
		rows(e, "resident", j.Readings)
	}
	rows(e, "snapshots", j.Snapshots)
	if j.Depth != 0 {
		e.jsonField(" ,", "depth", j.Depth)
		if j.Deepest != 0 {
			e.jsonField(",", "deepest", j.Deepest)
		}
		e.text("\n")
	}
	if j.Nodes != 0 {
		e.jsonField(" ,", "nodes", j.Nodes)
		e.jsonField(",", "nodeEvents", j.NodeEvents)
		e.jsonField(",", "maxNodes", j.MaxNodes)
		e.text("\n")
	}
	e.jsonField(" ,", "counts", j.Counts)
	e.text("\n")
	rows(e, "notes", j.Notes)
	e.refusals(&j.refusalsJSON)
	e.table("merged", len(j.Merged), j.Merged)
	if j.MergedPoints != 0 {
		e.jsonField(" ,", "mergedPoints", j.MergedPoints)
		e.text("\n")
	}
	rows(e, "processes", j.Processes)
	rows(e, "course", j.Course)
	rows(e, "timeline", j.Timeline)
	rows(e, "sizes", j.Sizes)
	e.facts(p, &j.factsJSON)
	rows(e, "modules", j.Modules)
	e.table("frameModules", len(j.FrameModules), j.FrameModules)
	e.jsonField(" ,", "inlined", j.Inlined)
	e.text("\n")
	e.table("languages", len(j.Languages), j.Languages)
	e.table("instances", len(j.Instances), j.Instances)
	e.table("created", len(j.Created), j.Created)
	e.table("typeSizes", len(j.TypeSizes), j.TypeSizes)
	e.table("entries", len(j.Entries), j.Entries)
	if j.MappingsPeak != nil {
		e.jsonField(" ,", "mappingsPeak", j.MappingsPeak)
		e.text("\n")
		rows(e, "mappings", j.Mappings)
	}
	if j.Stacks != nil {
		e.stacks("freeStacks", j.Stacks)
		rows(e, "freed", j.Freed)
		rows(e, "wrongFrees", j.Wrong)
	}
	e.text(" }\n")
}

// table writes a table of n entries under a key of heapprof's own, on one line; nothing where
// it has none.
func (e *encoder) table(key string, n int, entries any) {
	if n > 0 {
		e.jsonField(" ,", key, entries)
		e.text("\n")
	}
}

// rows writes a table under a key of heapprof's own, one row a line.
func rows[Row any](e *encoder, key string, table []Row) {
	if len(table) == 0 {
		return
	}
	e.name(" ,", key)
	separator := "\n  ["
	for _, row := range table {
		e.text(separator)
		e.json(row)
		e.text("\n")
		separator = "  ,"
	}
	e.text("  ]\n")
}

// facts writes the facts of points, and what is known of threads.
func (e *encoder) facts(p *profile.Profile, j *factsJSON) {
	if j.HasFacts {
		e.jsonField(" ,", "facts", true)
		e.text("\n")
	}
	rows(e, "moments", j.Moments)
	e.factTables(p)
	rows(e, "lifetimes", j.Lifetimes)
	rows(e, "byThread", j.ByThread)
}

// factTables writes the tables of facts that are not empty. All are made in one pass: a hundred
// thousand points lie in no cache, and each pass would fetch them from memory again.
func (e *encoder) factTables(p *profile.Profile) {
	var texts [len(factTables)]factText
	var row []uint64
	for i := range p.Points {
		pt := &p.Points[i]
		for n := range factTables {
			text := &texts[n]
			row = append(row[:0], text.without)
			if pt.Rest().Facts != nil {
				row = factTables[n].add(row, pt, pt.Rest().Facts)
			}
			if len(row) == 1 {
				text.without++
				continue
			}
			text.add(row)
		}
	}
	for n := range texts {
		e.factText(factTables[n].key, &texts[n])
	}
}

// factText is the text of a table of facts that is being made.
type factText struct {
	chunks  [][]byte // of flushSize or little more; a single text would be moved as it grows
	without uint64   // points since the last row
}

// add adds a row.
func (t *factText) add(row []uint64) {
	n := len(t.chunks) - 1
	separator := "  ,["
	if n < 0 {
		separator = "\n  [["
	}
	if n < 0 || len(t.chunks[n]) >= flushSize {
		t.chunks = append(t.chunks, make([]byte, 0, flushSize+flushSize/8))
		n++
	}
	b := append(t.chunks[n], separator...)
	for i, number := range row {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, number, 10)
	}
	t.chunks[n] = append(b, "]\n"...)
	t.without = 0
}

// factText writes a table of facts under its key; nothing where it is empty.
func (e *encoder) factText(key string, t *factText) {
	if len(t.chunks) == 0 {
		return
	}
	e.name(" ,", key)
	e.flush()
	for _, chunk := range t.chunks {
		e.buf = append(e.buf, chunk...)
		e.flush()
	}
	e.text("  ]\n")
}

// stacks writes a table of stacks under a key of heapprof's own, one a line.
func (e *encoder) stacks(key string, table [][]uint32) {
	e.name(" ,", key)
	e.text("\n  [")
	for i, stack := range table {
		if i > 0 {
			e.text("  ,")
		}
		e.list(stack)
		e.text("\n")
	}
	e.text("  ]\n")
}

func (e *encoder) jsonField(separator, key string, value any) {
	e.name(separator, key)
	e.json(value)
}

// json writes a value of privateKeys, none of which can fail to be encoded.
func (e *encoder) json(value any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // names of generic functions are full of < and >
	if err := encoder.Encode(value); err != nil {
		e.err = errors.Join(e.err, err)
	}
	e.buf = append(e.buf, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
