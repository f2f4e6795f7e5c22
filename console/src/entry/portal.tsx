import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@/ui/base.css'
import { Portal } from '@/portal/Portal'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Portal />
    </StrictMode>,
  )
}
