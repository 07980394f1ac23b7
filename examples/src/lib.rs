//! How the libraries are used. Each program beside this file is an example; the tests run those in the guides.
