package dev.pushbridge.fault;

/** Which event it was: the events of a partition are numbered in the order in which they are sent. */
record EventNumber(int partition, int number) {}
