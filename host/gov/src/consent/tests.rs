mod again;
mod changes;
mod decisions;
mod ended;
mod pages;
mod site;
mod states;
