package object

import (
	"bytes"
	"testing"

	"github.com/ulikunitz/xz"
)

// compressed returns an xz file of a text, that asks for a dictionary of so many bytes.
func compressed(t testing.TB, text []byte, dictionary int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: dictionary, BlockSize: 1000}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestXZIsDecompressed(t *testing.T) {
	for _, size := range []int{0, 1, 999, 1000, 1001, 50000} {
		text := bytes.Repeat([]byte("symbols "), size/8+1)[:size]
		if got, err := inflateXZ(compressed(t, text, 1<<20)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
}

func TestDamagedXZIsRefused(t *testing.T) {
	text := bytes.Repeat([]byte("symbols "), 300)
	whole := compressed(t, text, 1<<12)
	for cut := range len(whole) {
		if got, err := inflateXZ(whole[:cut]); err == nil {
			t.Errorf("of %d bytes %d: %d bytes and no error", len(whole), cut, len(got))
		}
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		// What is beside the content need not be right.
		if got, err := inflateXZ(damaged); err == nil && !bytes.Equal(got, text) {
			t.Errorf("with byte %d changed: %d other bytes and no error", i, len(got))
		}
	}
}

// TestHugeDictionariesAreRefused: the library would make one as large as a file says.
func TestHugeDictionariesAreRefused(t *testing.T) {
	whole := compressed(t, []byte("symbols"), 1<<20)
	const at = 12 + 2 + 2 // of the first block's dictionary: header, sizes and flags, filter and its size
	if size, ok := dictionaryOfXZ(whole[12:]); !ok || size != 1<<20 {
		t.Fatalf("the dictionary is %d", size)
	}
	whole[at] = 40 // 4 GiB
	if _, err := sizeOfXZ(whole); err == nil {
		t.Error("a dictionary of 4 GiB was taken")
	}
}

// FuzzInflateXZ decompresses damaged xz files: at most what their index says.
func FuzzInflateXZ(f *testing.F) {
	f.Add(compressed(f, []byte("symbols"), 1<<16))
	f.Add(compressed(f, bytes.Repeat([]byte("symbols "), 300), 1<<16))
	f.Fuzz(func(t *testing.T, data []byte) {
		size, err := sizeOfXZ(data)
		if err != nil || size > 1<<24 {
			return
		}
		if got, err := inflateXZ(data); err == nil && uint64(len(got)) != size {
			t.Errorf("%d bytes, and the index says %d", len(got), size)
		}
	})
}
