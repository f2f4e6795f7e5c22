import { Page } from '@/ui'

export const HomePage = () => <Page title="HomePage">{null}</Page>
