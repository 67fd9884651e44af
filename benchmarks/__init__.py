"""What tapwright costs beside a hand-written program and its peers, on the same work: `make bench`."""
