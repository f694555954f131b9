self.oninstall = () => self.skipWaiting();
self.onactivate = event => event.waitUntil(self.clients.claim());
self.onfetch = event => {
  if (!event.request.url.endsWith('/from-the-worker.svg')) return;
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="#00ff00"/></svg>';
  event.respondWith(new Response(svg, { headers: { 'Content-Type': 'image/svg+xml' } }));
};
