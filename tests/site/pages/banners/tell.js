function tell(choice) {
  const request = new XMLHttpRequest();
  request.open('GET', '/choice?made=' + choice, false); // the page may be gone before a later answer
  request.send();
}
