package suite

import (
	"encoding/json"
	"io"
	"os"
	"time"

	"heapprof/internal/wholefile"
)

// Result is what came of a test that a test system has started itself, as who has recorded it writes it down.
type Result struct {
	Group, Name string
	Status      int    // of the process
	Profile     string // a file's name; "" if there is none
	Ended       time.Time
}

// Save writes a Program, a Result or the like to a file, which Load reads. It appears whole or not at all.
func Save(path string, v any) error {
	return wholefile.Write(path, wholefile.Options{Private: true}, func(w io.Writer) error { return json.NewEncoder(w).Encode(v) })
}

// Load reads what Save has written.
func Load(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}
