// Package text writes views for people: as a table for a terminal, as a list of sites, or
// as a table in markdown. What is said above a table and beside its rows comes in
// worded. It imports human, label, names and view.
package text
