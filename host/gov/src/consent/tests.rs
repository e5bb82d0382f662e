mod again;
mod decisions;
mod ended;
mod pages;
mod site;
mod states;
