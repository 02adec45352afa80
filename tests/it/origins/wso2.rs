//! WSO2's (MWARE's) token persistence: every numbered line of what it promises, and of what its
//! code adds. A line that tells of a fault of that code is a test that ours does not have it.
//!
