document.body.style.background = '#00ff00';
