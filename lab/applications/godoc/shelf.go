// Package shelf keeps books: something for a documentation server to show.
package shelf

import "sort"

// A Book is known by its title.
type Book struct {
	Title string
	Year  int
}

// A Shelf holds books.
type Shelf struct{ books []Book }

// Add puts a book on the shelf.
func (s *Shelf) Add(book Book) { s.books = append(s.books, book) }

// Oldest gives the oldest book, and whether there is any.
func (s *Shelf) Oldest() (Book, bool) {
	if len(s.books) == 0 {
		return Book{}, false
	}
	sort.Slice(s.books, func(i, j int) bool { return s.books[i].Year < s.books[j].Year })
	return s.books[0], true
}
