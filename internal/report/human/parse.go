package human

import (
	"strconv"
	"strings"
)

// ParseSize reads a size in bytes, below 2^63: "64KiB", "1.5M", "1000". K, M, G and T are
// powers of 1024, with or without "iB" or "B".
func ParseSize(text string) (size uint64, ok bool) {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "kKmMgGtTiIbB ")
	scale := uint64(1)
	switch strings.ToLower(strings.TrimSpace(text[len(digits):])) {
	case "", "b":
	case "k", "kb", "kib":
		scale = 1 << 10
	case "m", "mb", "mib":
		scale = 1 << 20
	case "g", "gb", "gib":
		scale = 1 << 30
	case "t", "tb", "tib":
		scale = 1 << 40
	default:
		return 0, false
	}
	if n, err := strconv.ParseUint(digits, 10, 63); err == nil && n < 1<<63/scale {
		return n * scale, true // exact, as a float64 is not above 2^53
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || !(v >= 0 && v*float64(scale) < 1<<63) {
		return 0, false
	}
	return uint64(v * float64(scale)), true
}
