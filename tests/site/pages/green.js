{
  const id = new URL(document.currentScript.src).searchParams.get('id');
  document.getElementById(id).style.background = '#00ff00';
}
