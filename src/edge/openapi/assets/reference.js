// Requests go to where this page came from, whatever address the document names: the policy of the page allows no other.
async function start() {
  const answer = await fetch('/openapi.json');
  const spec = await answer.json();
  SwaggerUIBundle({
    spec: { ...spec, servers: [{ url: location.origin }] },
    dom_id: '#reference',
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
  });
}

// Swagger UI knows the colours of the dark, but not when it is dark.
const dark = matchMedia('(prefers-color-scheme: dark)');
const followDark = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followDark);
followDark();

void start();
