//go:build !unix

package wholefile

import "io/fs"

// planted is a matter of Unix's permissions.
func planted(string, fs.FileInfo) bool { return false }
