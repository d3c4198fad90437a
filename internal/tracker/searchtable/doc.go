// Package searchtable makes the search table for unwind information that linkers write beside it (.eh_frame_hdr), for programs that
// gcc links with -static, which have none. It imports nothing of ours.
package searchtable
