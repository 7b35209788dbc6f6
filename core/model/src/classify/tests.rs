//! Classification by example and against a matcher without an index.

mod cost;
mod expressions;
mod fixture;
mod late;
mod matching;
mod mistakes;
mod near;
mod oracle;
mod reviewing;
mod stories;
mod tiling;
mod writing;
mod zoned;
