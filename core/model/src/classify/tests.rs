//! Classification by example and against a matcher without an index.

mod fixture;
mod matching;
mod mistakes;
mod stories;
mod writing;
