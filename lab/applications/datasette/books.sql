-- A library with two shelves: enough for pages, links between tables, filters and queries.
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    author INTEGER NOT NULL REFERENCES author (id)
);
INSERT INTO author (id, name) VALUES (1, 'Ada'), (2, 'Brendan');
INSERT INTO book (id, title, author) VALUES (1, 'Engines', 1), (2, 'Notes', 1), (3, 'Whales', 2);
