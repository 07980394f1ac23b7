// Says how much room is left in a review.
for (const field of document.querySelectorAll("textarea[maxlength]")) {
  const room = document.createElement("span");
  room.className = "quiet";
  const update = () => {
    room.textContent = `${field.maxLength - field.value.length} characters left`;
  };
  field.addEventListener("input", update);
  field.after(room);
  update();
}

// Marks the page that is open.
for (const link of document.querySelectorAll("header nav a")) {
  if (link.pathname === window.location.pathname) {
    link.setAttribute("aria-current", "page");
  }
}
