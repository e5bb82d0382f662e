mod decisions;
mod pages;
mod states;
