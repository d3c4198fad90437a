package heapsnapshot

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
)

// meta tells what the numbers of a file mean, as V8's src/profiler/heap-snapshot-generator.cc does.
const meta = `{"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],` +
	`"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic","concatenated string","sliced string","symbol","bigint","object shape"],` +
	`"string","number","number","number","number","number"],` +
	`"edge_fields":["type","name_or_index","to_node"],` +
	`"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"],` +
	`"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],` +
	`"trace_node_fields":["id","function_info_index","count","size","children"],` +
	`"sample_fields":["timestamp_us","last_assigned_id"],` +
	`"location_fields":["object_index","script_id","line","column"]}`

const fieldsOfNode = 7

// Write writes the file. Readers take its parts in this order.
func (f *File) Write(w io.Writer) error {
	out := &writer{Writer: bufio.NewWriterSize(w, 1<<16), strings: map[string]int{}}
	out.text(`{"snapshot":{"meta":` + meta + `,"node_count":`)
	out.number(len(f.nodes))
	out.text(`,"edge_count":`)
	out.number(f.edges)
	out.text(`,"trace_function_count":0},` + "\n" + `"nodes":[`)
	for i, n := range f.nodes {
		out.row(i, uint64(n.kind), uint64(out.string(n.name)), uint64(2*i+1), n.size, uint64(len(n.edges)), 0, 0)
	}
	out.text("],\n" + `"edges":[`)
	at := 0
	for i := range f.nodes {
		elements := 0
		for _, e := range f.nodes[i].edges {
			name := elements
			if e.kind == elementEdge {
				elements++
			} else {
				name = out.string(e.name)
			}
			out.row(at, uint64(e.kind), uint64(name), uint64(e.to*fieldsOfNode))
			at++
		}
	}
	out.text("],\n" + `"trace_function_infos":[],` + "\n" + `"trace_tree":[],` + "\n" + `"samples":[],` + "\n" + `"locations":[],` + "\n" + `"strings":[`)
	for i, s := range out.list {
		quoted, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if i > 0 {
			out.text(",\n")
		}
		out.text(string(quoted))
	}
	out.text("]}\n")
	return out.Flush()
}

// writer writes a file's numbers and gives its texts numbers. A failed write fails all later ones, and Flush.
type writer struct {
	*bufio.Writer
	strings map[string]int
	list    []string
	buffer  []byte
}

func (w *writer) text(s string) { _, _ = w.WriteString(s) }

func (w *writer) number(n int) { w.text(strconv.Itoa(n)) }

// string returns the number of a text.
func (w *writer) string(s string) int {
	n, ok := w.strings[s]
	if !ok {
		n = len(w.list)
		w.strings[s], w.list = n, append(w.list, s)
	}
	return n
}

// row writes the numbers of a node or an edge, which is one after so many.
func (w *writer) row(after int, numbers ...uint64) {
	w.buffer = w.buffer[:0]
	for i, n := range numbers {
		if i > 0 || after > 0 {
			w.buffer = append(w.buffer, ',')
		}
		w.buffer = strconv.AppendUint(w.buffer, n, 10)
	}
	w.buffer = append(w.buffer, '\n')
	_, _ = w.Write(w.buffer)
}
