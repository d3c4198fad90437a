#[test]
fn loads_small_files() {
    assert_eq!(fixture::load(100).len(), 100);
}

#[test]
fn loads_large_files() {
    assert_eq!(fixture::load(5000).len(), 5000);
}
