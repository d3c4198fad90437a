// Package searchtable reads which functions have unwind information (.eh_frame), and makes the search table that linkers
// write beside it (.eh_frame_hdr), for programs that gcc links with -static, which have none. It imports nothing of ours.
package searchtable
