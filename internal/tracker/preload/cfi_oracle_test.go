//go:build linux && amd64

package preload

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// unwindRow is a row of readelf's table of unwind rules: from address on, up to
// the next row or the function's end.
type unwindRow struct {
	address, end uint64
	cfa, rbp, ra string // in readelf's words: rsp+16, exp; u, c-16; rbp is "u" where the table has no such column
	signal       bool
}

// readUnwindRows has readelf interpret the unwind information of a file.
func readUnwindRows(t *testing.T, file string) []unwindRow {
	t.Helper()
	out, err := exec.Command(testkit.Tool(t, "readelf"), "--wide", "--debug-dump=frames-interp,no-follow-links", file).Output()
	if err != nil {
		t.Fatalf("readelf %s: %v", file, err)
	}
	var rows []unwindRow
	common := make(map[string]unwindRow) // by the offset of the CIE: the row that its functions begin with
	var cie string                       // the entry we are in, if it is a CIE
	var current unwindRow                // what is known of the next row
	var columns []string
	var first int // the index of the entry's first row
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) >= 4 && words[3] == "CIE":
			cie = words[0]
			common[cie] = unwindRow{signal: strings.Contains(words[4], "S")}
		case len(words) >= 6 && words[3] == "FDE":
			cie = ""
			columns = nil
			var from, to uint64
			if _, err := fmt.Sscanf(words[5], "pc=%x..%x", &from, &to); err != nil {
				t.Fatalf("readelf: %q: %v", lines.Text(), err)
			}
			current = common[strings.TrimPrefix(words[4], "cie=")]
			current.address, current.end = from, to
			first = len(rows)
			if from < to {
				rows = append(rows, current) // stays where the function has no rows of its own
			}
		case len(words) > 1 && words[0] == "LOC":
			columns = words[1:]
		case len(columns) > 0 && len(words) == len(columns)+1:
			row := current
			row.rbp = "u"
			row.address, err = strconv.ParseUint(words[0], 16, 64)
			if err != nil {
				t.Fatalf("readelf: %q: %v", lines.Text(), err)
			}
			for i, column := range columns {
				switch column {
				case "CFA":
					row.cfa = words[i+1]
				case "rbp":
					row.rbp = words[i+1]
				case "ra":
					row.ra = words[i+1]
				}
			}
			if cie != "" {
				row.signal = common[cie].signal
				common[cie] = row
				break
			}
			if last := len(rows) - 1; last >= first && rows[last].address >= row.address {
				rows = rows[:last] // the CIE's row, or one that covers nothing
			} else if last >= first {
				rows[last].end = row.address
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// wanted is what our reader must say of a row. ok is false for a row that
// readelf does not tell all of: expressions.
func (r unwindRow) wanted() (rule string, ok bool) {
	if r.signal {
		return "signal", true
	}
	switch {
	case r.ra == "u":
		return "end", true
	case r.cfa == "exp", r.rbp == "exp", r.rbp == "vexp", r.ra == "exp", r.ra == "vexp":
		return "", false
	case r.rbp == "u", r.rbp == "s":
		return r.cfa + " same", true
	}
	return r.cfa + " " + r.rbp, true
}

// TestUnwindRulesAreReadelfs compares every row of the unwind information of
// files that nobody here wrote with what readelf makes of it. A rule of a kind
// that is not followed may be refused; none may differ.
func TestUnwindRulesAreReadelfs(t *testing.T) {
	program := buildC(t, "rules_of_file", "part.c", "cfi.c", "text.c")
	files := []string{"/lib64/ld-linux-x86-64.so.2"}
	if !testing.Short() { // a million rows
		compiler, err := exec.Command(testkit.Tool(t, "g++"), "-print-prog-name=cc1plus").Output()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, strings.TrimSpace(string(compiler)))
	}
	for _, tool := range []string{"perl", "git", "sqlite3", "bash"} {
		files = append(files, testkit.Tool(t, tool))
	}
	for _, library := range []string{"libc.so.6", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1"} {
		found, err := exec.Command(testkit.Tool(t, "gcc"), "-print-file-name="+library).Output()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, strings.TrimSpace(string(found)))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			rows := readUnwindRows(t, file)
			if len(rows) < 100 {
				t.Fatalf("readelf finds %d rows only", len(rows))
			}
			var addresses strings.Builder
			for _, r := range rows {
				// A row's last byte as well: a row must not end early.
				fmt.Fprintf(&addresses, "%x\n%x\n", r.address, r.end-1)
			}
			rules := strings.Split(strings.TrimSpace(runC(t, addresses.String(), program, file)), "\n")
			if len(rules) != 2*len(rows) {
				t.Fatalf("%d rules for %d addresses", len(rules), 2*len(rows))
			}
			var equal, unsupported, expressions, wrong int
			for i, rule := range rules {
				r := rows[i/2]
				want, ok := r.wanted()
				switch {
				case rule == "unsupported":
					unsupported++
				case !ok:
					expressions++
				case rule == want:
					equal++
				default:
					if wrong++; wrong <= 10 {
						t.Errorf("%s at %#x: %s, but readelf says %s (%+v)", file, []uint64{r.address, r.end - 1}[i%2], rule, want, r)
					}
				}
			}
			t.Logf("%d addresses: %d equal, %d by expressions, which readelf does not tell, %d of a kind that is not followed, %d wrong",
				len(rules), equal, expressions, unsupported, wrong)
			if unsupported > len(rules)/50 {
				t.Errorf("%d of %d rules are refused", unsupported, len(rules))
			}
		})
	}
}
